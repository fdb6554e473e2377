"""Encrypt the secrets of second factors that were kept in the clear."""

from django.db import migrations

from staff.second_factor import decrypt_all, encrypt_what_is_plain


def encrypt(apps, schema_editor):
    encrypt_what_is_plain(apps.get_model("mfa", "Authenticator"))


def decrypt(apps, schema_editor):
    decrypt_all(apps.get_model("mfa", "Authenticator"))


class Migration(migrations.Migration):

    dependencies = [
        ("staff", "0002_rules"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(encrypt, decrypt)]
