"""The gateway's own API, on an address of its own: what waits, what is stopped, what happened.

values      what is said and answered
entrance    who may come in: Host, Origin, token
routes      every operation, once: method, path, what it reads and gives
document    OpenAPI of these routes
acts        what the operations do
workers     how all workers do, by the state they share
counting    counts of the last hour, guard by guard
newest      events from the newest to the oldest, page by page
app         the ASGI application
serving     listening: the first worker that can, and another where that one ends
"""
