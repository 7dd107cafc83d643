"""Re-exports the models of all packages, so that Django finds them. Nobody inside the app imports this."""

from reviews.postmortem.models import *  # noqa: F403
