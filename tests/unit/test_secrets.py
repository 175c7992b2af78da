"""Files with real-looking keys are found; ordinary code, hashes and placeholders are not."""

import base64
import hashlib
import json
import random
import string

import pytest

from pgcodesearch.indexing.secrets import find_secret

# Secrets are put together here, so that this file holds none.
_random = random.Random(7)
_LETTERS = string.ascii_letters + string.digits


def _token(length: int, alphabet: str = _LETTERS) -> str:
    return "".join(_random.choice(alphabet) for _ in range(length))


def _web_token(claims: dict[str, object]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "." + _token(43)


_KEY_BODY = "\n".join(_token(64) for _ in range(12))
REAL = {
    "AWS key": [
        f"key = 'AKIA{_token(16, string.ascii_uppercase + string.digits)}'",
        f"my_aws_secret_access_key = '{_token(40)}'",
    ],
    "GitHub token": [f"TOKEN=ghp_{_token(36)}", f'"github_pat_{_token(82)}"'],
    "GitLab token": [f"glpat-{_token(20)}"],
    "Slack token": [
        f"xoxb-{_token(12, string.digits)}-{_token(12, string.digits)}-{_token(24)}",
        f"https://hooks.slack.com/services/T{_token(8)}/B{_token(8)}/{_token(24)}",
    ],
    "Stripe key": [f"stripe.api_key = 'sk_live_{_token(24)}'"],
    "Google API key": [f"key: AIza{_token(35)}"],
    "npm token": [f"//registry.npmjs.org/:_authToken=npm_{_token(36)}"],
    "PyPI token": [f"password = pypi-AgEIcHlwaS5vcmc{_token(80)}"],
    "SendGrid key": [f"'SG.{_token(22)}.{_token(43)}'"],
    "Azure storage key": [f"AccountName=a;AccountKey={_token(86)}=="],
    "OpenAI key": [f"sk-{_token(20)}T3BlbkFJ{_token(20)}"],
    "JSON web token": [f"Authorization: Bearer {_web_token({'sub': 'u-81', 'exp': 1900000000})}"],
    "private key": [
        f"-----BEGIN {kind}PRIVATE KEY-----\n{_KEY_BODY}\n-----END {kind}PRIVATE KEY-----"
        for kind in ("RSA ", "", "EC ", "OPENSSH ", "ENCRYPTED ")
    ]
    + ["PEM = (\n    '-----BEGIN RSA PRIVATE KEY-----\\n'\n    '" + _token(64) + "\\n'\n)"],
    "password in a URL": [f"postgresql://app:{_token(14)}9a@db.corp.net:5432/app"],
}


@pytest.mark.parametrize(
    ("detector", "line"), [(name, line) for name, lines in REAL.items() for line in lines]
)
def test_found_with_its_line_and_never_quoted(detector, line):
    finding = find_secret("src/settings.py", f"import os\n\n{line}\nx = 1\n")
    assert finding is not None
    assert finding.detector == detector
    assert finding.line in (3, 4)
    assert str(finding) == f"{detector}, line {finding.line}"


@pytest.mark.parametrize("line", [line for lines in REAL.values() for line in lines if "\n" not in line])
def test_allowed_lines(line):
    assert find_secret("src/settings.py", f"{line}  # pragma: allowlist secret\n") is None


@pytest.mark.parametrize(
    "text",
    [
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'",
        'if line.startswith("-----BEGIN RSA PRIVATE KEY-----"):\n    return parse(line)',
        "assert sha256(x) == '" + hashlib.sha256(b"x").hexdigest() + "'",
        '"integrity": "sha512-' + base64.b64encode(hashlib.sha512(b"x").digest()).decode() + '"',
        "token = os.environ['GITHUB_TOKEN']  # ghp_" + "x" * 36,
        "DATABASE_URL = 'postgresql://user:password@localhost/app'",
        "url = f'https://{user}:{password}@{host}/'",
        "redis://:${REDIS_PASSWORD_2024}@cache.corp.net",
        "sk_live_" + "0" * 24,
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "data = '" + base64.b64encode(bytes(range(256)) * 40).decode() + "'",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0."
        + "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "//registry.npmjs.org/:_authToken=${NPM_TOKEN}",
    ],
)
def test_ordinary_text_is_kept(text):
    assert find_secret("src/settings.py", text) is None


def test_web_tokens_of_tests_open_nothing():
    line = REAL["JSON web token"][0]
    assert find_secret("tests/test_login.py", line) is None
    assert find_secret("docs/login.md", line) is None
