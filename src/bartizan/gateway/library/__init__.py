"""The gateway's guards without a gateway: around a function, around a vendor's client, around an application.

    guards = Guards.read("gateway.yaml")
    reply = guards.around(reply)                       # a function from text to text
    client = guards.client(openai.AsyncOpenAI())       # and openai.OpenAI, anthropic.Anthropic, ...
    app = guards.application(app)                      # an ASGI application that serves a model's routes

Each runs the pipeline that the gateway runs. What is blocked raises `Blocked`, or is an error of the client's own.
"""

from bartizan.controls.chat.pipeline import Blocked
from bartizan.gateway.library.guards import Guards

__all__ = ["Blocked", "Guards"]
