import json
import socket

worker = socket.socket(fileno=3).makefile("rw", encoding="utf-8", newline="\n")


def send(**message):
    worker.write(json.dumps(message) + "\n")
    worker.flush()


# Whatever is costly to load is loaded once, here.
send(type="ready")
for line in worker:
    message = json.loads(line)
    if message["type"] == "close":
        break
    if message["type"] != "trial":
        continue
    trial, text = message["trial"], message["input"]
    print("reading", text, flush=True)
    send(type="result", trial=trial, status="succeeded", output={"title": text.title(), "words": len(text.split())})
