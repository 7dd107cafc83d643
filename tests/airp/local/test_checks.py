"""What `make test` hands on to the tests."""

from airp.local.checks import given_to_tests


def test_only_how_far_they_should_go_reaches_the_tests_of_the_callers_airp():
    kept = {"PATH": "/bin", "AIRP_TEST_RACES": "500", "AIRP_TEST_WALKS": "500x50"}
    foreign = {"AIRP_SECRET_KEY": "k", "DATABASE_URL": "postgresql://x", "DJANGO_SETTINGS_MODULE": "y", "PGHOST": "z"}
    assert given_to_tests(kept | foreign) == kept
