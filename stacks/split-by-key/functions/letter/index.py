"""Names the folder of each record: the first letter of its `name`."""
import base64
import json


def handler(event, context):
    records = []
    for record in event["records"]:
        result = {"recordId": record["recordId"], "result": "Ok", "data": record["data"]}
        try:
            letter = json.loads(base64.b64decode(record["data"]))["name"][0].lower()
            result["metadata"] = {"partitionKeys": {"letter": letter}}
        except (ValueError, KeyError, IndexError, TypeError):
            result["result"] = "ProcessingFailed"
        records.append(result)
    return {"records": records}
