import os

from greeting import greet


def handler(event, context):
    return {
        "greeting": greet(event["name"]),
        "stream": os.environ["STREAM_ARN"],
        "words": "s3://{}/{}".format(os.environ["WORDS_BUCKET"], os.environ["WORDS_KEY"]),
    }
