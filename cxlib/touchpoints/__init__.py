"""Touchpoints: what each carries and drains, what to do about it, which are needed, and the payment among them."""
