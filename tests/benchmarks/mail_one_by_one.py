"""What most scripts do with a Gmail inbox: for each mail read it, fetch its attachment, save that, change the label."""

import base64
import json
import os
from pathlib import Path

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build


def main() -> None:
    token = json.loads(Path(os.environ["ETL_GMAIL_TOKEN"]).read_text())
    options = {"api_endpoint": os.environ["ETL_GMAIL_API_ENDPOINT"]}
    users = build("gmail", "v1", credentials=Credentials(token["token"]), client_options=options, cache_discovery=False).users()
    messages, page = users.messages(), None
    ids = []
    while page is None or "nextPageToken" in page:
        page = messages.list(userId="me", labelIds=["INBOX"], pageToken=page and page["nextPageToken"]).execute()
        ids += [message["id"] for message in page["messages"]]
    for mail_id in ids:
        mail = messages.get(userId="me", id=mail_id).execute()
        for part in mail["payload"]["parts"]:
            if part["filename"]:
                found = messages.attachments().get(userId="me", messageId=mail_id, id=part["body"]["attachmentId"]).execute()
                Path(os.environ["ETL_FILES"], part["filename"]).write_bytes(base64.urlsafe_b64decode(found["data"]))
        messages.modify(userId="me", id=mail_id, body={"removeLabelIds": ["INBOX"]}).execute()


if __name__ == "__main__":
    main()
