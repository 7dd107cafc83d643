"""Re-exports the models of all packages, so that Django finds them. Nobody inside the app imports this."""

from incidents.attention.models import *  # noqa: F403
from incidents.classification.models import *  # noqa: F403
from incidents.complaints.models import *  # noqa: F403
from incidents.coordination.models import *  # noqa: F403
from incidents.detection.models import *  # noqa: F403
from incidents.impact.models import *  # noqa: F403
from incidents.linking.models import *  # noqa: F403
from incidents.notification.models import *  # noqa: F403
from incidents.playbooks.models import *  # noqa: F403
from incidents.reports.models import *  # noqa: F403
from incidents.response.models import *  # noqa: F403
from incidents.saved_views.models import *  # noqa: F403
from incidents.status.models import *  # noqa: F403
from incidents.systems.models import *  # noqa: F403
from incidents.triage.models import *  # noqa: F403
