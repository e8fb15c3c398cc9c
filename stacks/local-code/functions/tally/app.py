from words import tally


def handler(event, context):
    return tally(event["text"])
