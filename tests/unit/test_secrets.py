"""Files with real-looking keys are found; ordinary code, hashes and placeholders are not."""

import base64
import hashlib
import json
import random
import string

import pytest

from pgcodesearch.indexing.reading import Skip, secret_skip
from pgcodesearch.indexing.secrets import TooSlow, find_secret

# Secrets are put together here, so that this file holds none.
_random = random.Random(7)
_LETTERS = string.ascii_letters + string.digits
_CAPITALS, _HEX = string.ascii_uppercase + string.digits, "0123456789abcdef"


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
    "GitLab token": [f"glpat-{_token(20)}", f"https://oauth2:glpat-{_token(20)}@gitlab.corp.net/a/b.git"],
    "Slack token": [
        f"xoxb-{_token(12, string.digits)}-{_token(12, string.digits)}-{_token(24)}",
        f"https://hooks.slack.com/services/T{_token(8)}/B{_token(8)}/{_token(24)}",
        f"xapp-1-A{_token(10, _CAPITALS)}-{_token(13, string.digits)}-{_token(64, _HEX)}",
    ],
    "Stripe key": [f"stripe.api_key = 'sk_live_{_token(24)}'", f"rk_live_{_token(99)}"],
    "Google API key": [f"key: AIza{_token(35)}"],
    "npm token": [f"//registry.npmjs.org/:_authToken=npm_{_token(36)}"],
    "PyPI token": [f"password = pypi-AgEIcHlwaS5vcmc{_token(80)}"],
    "SendGrid key": [f"'SG.{_token(22)}.{_token(43)}'"],
    "Azure storage key": [f"AccountName=a;AccountKey={_token(86)}=="],
    "OpenAI key": [
        f"sk-{_token(20)}T3BlbkFJ{_token(20)}",
        f"sk-proj-{_token(74)}T3BlbkFJ{_token(74)}",
        f"sk-proj-{_token(20)}T3BlbkFJ{_token(20)}",
    ],
    "Anthropic key": [f"key = 'sk-ant-api03-{_token(93)}-AA'"],
    "Hugging Face token": [f"HF=hf_{_token(34)}"],
    "Databricks token": [f"dapi{_token(32, _HEX)}"],
    "DigitalOcean token": [f"dop_v1_{_token(64, _HEX)}"],
    "Twilio key": [f"SK{_token(32, _HEX)}"],
    "Telegram token": [f"bot = '{_token(10, string.digits)}:AA{_token(33)}'"],
    "age key": [f"AGE-SECRET-KEY-1{_token(58, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L')}"],
    "Google OAuth secret": [f"GOCSPX-{_token(28)}"],
    "Azure client secret": [f"secret: {_token(3)}8Q~{_token(34)}"],
    "kubeconfig key": [f"    client-key-data: {_token(400)}"],
    "token in a URL": [
        f"curl https://api.corp.net/v1/things?access_token={_token(30)}2",
        f"git clone https://{_token(38)}7@git.corp.net/a",
    ],
    "token": [f"curl -H 'Authorization: Bearer {_token(40)}3'"],
    "password": [
        f"password = '{_token(18)}7Q'",
        "DB_PASSWORD: str = 'hunter2abc9'",
        '"client_secret": "' + _token(30) + '9"',
        "define('DB_PASSWORD', 'Winter2024!x');",
        "<password>hunter2abc9</password>",
        "Server=db.corp.net;User Id=app;Password=hunter2abc9;",
    ],
    "JSON web token": [f"Authorization: Bearer {_web_token({'sub': 'u-81', 'exp': 1900000000})}"],
    "private key": [
        f"-----BEGIN {kind}PRIVATE KEY-----\n{_KEY_BODY}\n-----END {kind}PRIVATE KEY-----"
        for kind in ("RSA ", "", "EC ", "OPENSSH ", "ENCRYPTED ")
    ]
    + [
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{_KEY_BODY}\n",
        json.dumps({"private_key": f"-----BEGIN PRIVATE KEY-----\n{_KEY_BODY}"}),
    ]
    + ["PEM = (\n    '-----BEGIN RSA PRIVATE KEY-----\\n'\n    '" + _token(64) + "\\n'\n)"],
    "password in a URL": [
        f"postgresql://app:{_token(14)}9a@db.corp.net:5432/app",
        "postgresql://app:hunter2abc9@db.internal.corp:5432/shop",
    ],
}
IN_FILES = {
    "README.md": "Log in with the password `hunter2abc9`: password is hunter2abc9\n",
    "deploy/notes.txt": "Connect with postgresql://app:hunter2abc9@db.internal.corp:5432/shop\n",
    "notes": "wifi password: hunter2abc9\n",
    ".env": "DEBUG=1\nDB_PASSWORD=correct-horse\n",
    "deploy/.env.production": "export SECRET_KEY='x9$kd(2'\n",
    "prod.env": "API_TOKEN=" + "ab12" * 4 + "\n",
    "config/settings.yaml": "database:\n  password: hunter2abc9  # of the old server\n",
    "app.properties": "spring.datasource.password=hunter2abc9\n",
    "docker-compose.yml": "environment:\n  - POSTGRES_PASSWORD=hunter2abc9\n",
    ".netrc": "machine corp.net login me password k3yf\n",
    ".pgpass": "db.corp.net:5432:app:me:k3yf\n",
    "etc/.htpasswd": "me:$apr1$kWq1x8Zt$Qm4Zr7TnVb2Lc9XpKd5Ha1\n",
    "home/.docker/config.json": '{"auths": {"corp.net": {"auth": "bWU6aHVudGVyMg=="}}}',
    "kube.yaml": f"users:\n- token: {_token(60)}4\n",
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


@pytest.mark.parametrize(("path", "text"), IN_FILES.items())
def test_found_in_the_files_they_are_kept_in(path, text):
    assert find_secret(path, text) is not None


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
        "password = os.environ['DB_PASSWORD_2']",
        "PASSWORD = 'changeme123'",
        "api_key = '<your-key-1>'; token = 'xxxx1xxxx2xxxx'",
        "token = 'oauth2_access_token'; token_type: str = 'urn:ietf:oauth2:v1'",
        "password: ${{ secrets.DEPLOY_2024 }}",
        "passwords = load_passwords2(path1)",
        "public_key_token = 'b77a5c561934e089'",
        "password_hash = 'pbkdf2:sha256:1$a1b2c3'",
        "next_page_token = 'a1B2c3D4e5F6'",
    ],
)
def test_ordinary_text_is_kept(text):
    assert find_secret("src/settings.py", text) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env.example", "DB_PASSWORD=correct-horse\n"),
        (
            ".env",
            "DB_PASSWORD=\nTOKEN=${TOKEN}\nAPI_KEY=<key>\nSECRET_KEY=changeme\nPASS_FILE=/run/x\nTOKEN_SECONDS=3600\n",
        ),
        ("README.md", "Set the password: your-password-1, or pass --password=$PASSWORD1\n"),
        ("tests/test_login.py", "password = 'hunter2abc9'\n"),
        ("config.yaml", "password: '{{ vault_password_1 }}'\npassword: !vault |\n"),
    ],
)
def test_placeholders_and_tests_are_kept(path, text):
    assert find_secret(path, text) is None


# Each made Python's own engine, or one of its patterns, take time by the square of the length or worse.
HOSTILE = [
    "eyJ", "eyJaaaaaaa", "eyJaaaaaaaaaaa.", "X: -----BEGIN PRIVATE KEY-----\n",
    "PuTTY-User-Key-File-2: x", "://a", "://a:", "aws", "aws = key '", "AKIA", "ghp_",
    "//registry.npmjs.org/:_authToken=", "AccountKey=", "xoxb-1-", "SG.", "sk-", "pypi-AgE",
    "password=", "password = '", "secret: ", " password", "https://a?token=", "\n\n", " ", "0",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_long(piece):
    """A megabyte each; nothing here is measured, but where a pattern backtracks, this takes hours."""
    assert find_secret("notes.txt", piece * (1_000_000 // len(piece)), seconds=600) is None


def test_a_text_that_takes_too_long_is_skipped_with_a_reason(monkeypatch):
    with pytest.raises(TooSlow):
        find_secret("a.py", REAL["AWS key"][0], seconds=-1)
    monkeypatch.setattr("pgcodesearch.indexing.secrets.SECONDS", -1)
    assert secret_skip("a.py", REAL["AWS key"][0]) == Skip("secret", "not scanned for secrets within -1 s")


def test_web_tokens_of_tests_open_nothing():
    line = REAL["JSON web token"][0]
    assert find_secret("tests/test_login.py", line) is None
    assert find_secret("docs/login.md", line) is None
