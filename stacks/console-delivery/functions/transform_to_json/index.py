"""Lines of the form `user|text|likes` become JSON; anything else fails."""
import base64
import json


def transformed(data):
    user, text, likes = base64.b64decode(data).decode().rstrip("\n").split("|")
    return json.dumps({"user": user, "text": text, "likes": int(likes)})


def handler(event, context):
    results = []
    for record in event["records"]:
        result = {"recordId": record["recordId"], "result": "Ok"}
        try:
            text = transformed(record["data"])
            result["data"] = base64.b64encode(text.encode()).decode()
        except ValueError as error:
            print(f"{record['recordId']}: {error}")
            result |= {"result": "ProcessingFailed", "data": record["data"]}
        results.append(result)
    return {"records": results}
