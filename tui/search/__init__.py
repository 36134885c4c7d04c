"""A search session without a screen: photo, crop box, filters, answers, marks, history."""
