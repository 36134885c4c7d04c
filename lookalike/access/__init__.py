"""Who may ask a service, for what, and how often; free of HTTP and NATS."""
