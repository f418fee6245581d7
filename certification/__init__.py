"""Who is certified, until when, and on what evidence.

Here: the certification year, sessions and attempts, the decision about an attempt, reviews, receipts and the face
engine behind its one door (`certification.face`). Not here: tickets, deaths and payments (`casework`), sentences
(`words`), HTTP, settings.
"""
