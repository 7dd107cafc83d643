"""Whose request it was, for the history of what is configured."""

from django.http import HttpRequest, HttpResponse
from pghistory import middleware


class HistoryMiddleware(middleware.HistoryMiddleware):
    """Names the person beside what they change.

    Each statement that writes carries the name to the database, and so would each one of a machine that sends all
    day, who changes no configuration. So only people who are signed in are named.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = super().__call__ if request.user.is_authenticated else self.get_response
        answer: HttpResponse = named(request)
        return answer
