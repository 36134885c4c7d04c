"""One widget a module; each shows what it is given, and posts what the shopper did."""
