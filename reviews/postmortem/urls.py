"""Addresses of reviews and their actions. What happens to one is a noun under it."""

from django.urls import path

from reviews.postmortem.views import actions, decisions, factors, lists, review

REVIEW = "reviews/<str:reference>/"
ACTION = "actions/<int:pk>/"

patterns = [
    path("reviews/", lists.reviews, name="reviews"),
    path(REVIEW, review.review, name="review"),
    path(f"{REVIEW}opening/", review.opening, name="opening"),
    path(f"{REVIEW}submission/", review.submission, name="submission"),
    path(f"{REVIEW}return/", decisions.return_with_comments, name="return"),
    path(f"{REVIEW}sign-off/", decisions.sign_off, name="sign_off"),
    path(f"{REVIEW}factors/", factors.factors, name="factors"),
    path(f"{REVIEW}factors/<int:pk>/removal/", factors.factor, name="factor"),
    path(f"{REVIEW}actions/", actions.review_actions, name="review_actions"),
    path("actions/", lists.actions, name="actions"),
    path(ACTION, actions.action, name="action"),
    path(f"{ACTION}completion/", actions.completion, name="completion"),
    path(f"{ACTION}decline/", actions.decline, name="decline"),
    path(f"{ACTION}resumption/", actions.resumption, name="resumption"),
]
