from django.http import HttpRequest, HttpResponse
def thresholds(request: HttpRequest, pk: int = 0) -> HttpResponse:
    return HttpResponse("")
threshold = sources = source = breach = intervention = hold = dismissal = thresholds
