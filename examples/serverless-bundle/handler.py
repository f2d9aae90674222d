"""The function: its packages lie beside it in the bundle."""

import markupsafe


def handler(event, context):
    return {"statusCode": 200, "body": str(markupsafe.escape(event.get("name", "<nobody>")))}
