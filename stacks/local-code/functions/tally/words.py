from collections import Counter


def tally(text):
    return dict(Counter(text.lower().split()))
