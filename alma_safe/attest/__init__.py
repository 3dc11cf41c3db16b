"""Receipts: what the gate said of a design, signed, and checked without asking anybody."""
