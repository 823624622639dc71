"""What stands in front of every answer: body limits, client addresses, headers, the access log.

Plain ASGI, so that it holds for pages, the API and Reflex's own routes alike.
"""
