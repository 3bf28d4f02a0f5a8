"""Servers shaped like the vendors' that tell people and judge actions: chat.py, mail.py, models.py."""
