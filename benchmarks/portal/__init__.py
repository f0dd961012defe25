"""The portal in Chromium: budgets of its design."""
