from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "airp.accounts"
    label = "accounts"
    verbose_name = "People"
