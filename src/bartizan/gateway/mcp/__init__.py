"""Servers of the Model Context Protocol behind the gateway: the same guards, the same road, one event for each message.

messages   JSON-RPC: what may be said, and how a refusal is told
results    what an answer holds: its texts, files and offers, with their places
sessions   session ids bound to who opened them, and what a server offers in them
talking    to a server: one message there, its answers back
serving    from a client's message to its event

Source: Model Context Protocol, revision 2025-06-18, transports (streamable HTTP) and security best practices.
"""
