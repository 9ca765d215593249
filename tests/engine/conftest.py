"""A tiny Resource Manager that does as it is told, and a provider server in front of it."""

from __future__ import annotations

import base64
import datetime
import json
import os
import ssl
import subprocess
import sys
import textwrap
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from localcloud.engine import azure_native as engine
from tests.support.warm import warm

SUBSCRIPTION = "00000000-0000-4000-8000-000000000007"
CREDENTIALS = engine.Credentials("tenant", "client", "hush", SUBSCRIPTION)


class FakeArm:
    """Resources by lower-case id; every request is noted. Deletions of groups take their time.

    slow_puts, fail_puts: names whose PUT is a long operation, or fails (in the operation, if it is slow).
    """

    def __init__(self, folder: Path) -> None:
        self.resources: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.polls_left = 0
        self.slow_puts: set[str] = set()
        self.fail_puts: set[str] = set()
        self.never_gone = False
        self.polled = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.ca = str(_certificate(folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.requests if method not in ("GET", "POST")]

    def answer(self, method: str, path: str, version: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if path == "/metadata/endpoints":
            login = {"loginEndpoint": self.url, "audiences": [self.url], "tenant": "common"}
            return 200, {"resourceManager": self.url, "authentication": login}, {}
        if path.endswith("/oauth2/v2.0/token"):
            claims = base64.urlsafe_b64encode(json.dumps({"oid": "the-object"}).encode()).decode().rstrip("=")
            return 200, {"access_token": f"x.{claims}.x", "expires_in": 3600}, {}
        if path == "/operations/1":
            return self._poll()
        self.requests.append((method, path, version))
        return getattr(self, "_" + method.lower())(path, body)  # type: ignore[no-any-return]

    def _get(self, path: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        found = self.resources.get(path.lower())
        if found is None:
            return 404, {"error": {"code": "ResourceNotFound", "message": f"no {path}"}}, {}
        return 200, found, {}

    def _put(self, path: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        sent = json.loads(body)
        self.bodies.append(sent)
        name = path.rsplit("/", 1)[-1]
        if name in self.fail_puts and name not in self.slow_puts:
            return 403, {"error": {"code": "AuthorizationFailed", "message": "not you"}}, {}
        there = path.lower() in self.resources
        properties = {**sent.get("properties", {}), "provisioningState": "Succeeded"}
        document = {**sent, "id": path, "name": name, "type": "Fake/type", "properties": properties}
        if "identity" in sent:
            document["identity"] = {
                **sent["identity"],
                "principalId": str(uuid.uuid5(uuid.NAMESPACE_URL, path)),
            }
        self.resources[path.lower()] = document
        if name in self.slow_puts:
            self.polls_left = 1
            return 201, document, {"Azure-AsyncOperation": f"{self.url}/operations/1", "Retry-After": "1"}
        return 200 if there else 201, document, {}

    def _delete(self, path: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if path.lower() not in self.resources:
            return 404, {"error": {"code": "ResourceNotFound", "message": f"no {path}"}}, {}
        for key in [key for key in self.resources if (key + "/").startswith(path.lower() + "/")]:
            del self.resources[key]
        if path.lower().rsplit("/", 2)[1] != "resourcegroups":
            return 200, None, {}
        self.polls_left = 1
        return 202, None, {"Location": f"{self.url}/operations/1", "Retry-After": "1"}

    def _poll(self) -> tuple[int, Any, dict[str, str]]:
        self.requests.append(("GET", "/operations/1", ""))
        self.polled.set()
        if self.never_gone or self.polls_left > 0:
            self.polls_left -= 1
            return 202, {"status": "InProgress"}, {"Retry-After": "1", "Location": f"{self.url}/operations/1"}
        if self.fail_puts:
            return 200, {"status": "Failed", "error": {"code": "Broken", "message": "half way"}}, {}
        return 200, {"status": "Succeeded"}, {}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        arm = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # Head and body in one packet.
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: object) -> None:
                pass

            def _do(self) -> None:
                url = urlsplit(self.path)
                version = parse_qs(url.query).get("api-version", [""])[0]
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, content, headers = arm.answer(self.command, unquote(url.path), version, body)
                data = b"" if content is None else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
                self.wfile.flush()

            do_GET = do_PUT = do_DELETE = do_POST = _do

        return Handler


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    return folder / "cert.pem"


@pytest.fixture
def arm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeArm]:
    fake = FakeArm(tmp_path_factory.mktemp("arm"))
    yield fake
    fake.close()


@pytest.fixture
def server(arm: FakeArm) -> Iterator[engine.Handle]:
    handle = engine.serve(CREDENTIALS, arm.url, arm.ca)
    yield handle
    handle.stop()


class Workspace:
    """A Pulumi project in a folder of its own, run by the real CLI with our language host on PATH."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder / "project"
        (folder / "state").mkdir()
        self.folder.mkdir()
        options = json.dumps({"name": "python", "options": {"virtualenv": sys.prefix}})
        self.write("Pulumi.yaml", f"name: probe\nruntime: {options}\n")
        (folder / "bin").mkdir()
        self.environ = {
            **os.environ,
            "PATH": os.pathsep.join([f"{folder}/bin", str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **environ,
        }
        self.host("plugin.language_host")  # as set-up writes it
        self.pulumi("stack", "init", "dev")

    def host(self, module: str) -> None:
        """Take another language host: a module with a `main`."""
        launcher = Path(self.environ["PATH"].split(os.pathsep)[0]) / "pulumi-language-python"
        launcher.write_text(f"#!{sys.executable}\nfrom {module} import main\n\nmain()\n")
        launcher.chmod(0o755)

    def warm(self) -> Workspace:
        """Take our language host as it begins warm: for programs that use SDKs, which take long to import."""
        self.environ["PATH"] = f"{warm().programs}:{self.environ['PATH']}"
        return self

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(textwrap.dedent(text))

    def try_pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        pulumi = Path(sys.executable).parent / "pulumi"
        return subprocess.run(
            [pulumi, *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip

    def pulumi(self, *arguments: str) -> str:
        done = self.try_pulumi(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self, *arguments: str) -> str:
        return self.pulumi("up", "--yes", "--skip-preview", *arguments)

    def outputs(self) -> dict[str, Any]:
        return next(found["outputs"] for found in self.resources() if found["type"] == "pulumi:pulumi:Stack")

    def state(self) -> str:
        """As the backend keeps it: secrets are encrypted."""
        return (self.folder.parent / "state/.pulumi/stacks/probe/dev.json").read_text()

    def resources(self) -> list[dict[str, Any]]:
        return list(json.loads(self.state())["checkpoint"]["latest"].get("resources", []))

    def resource(self, name: str) -> dict[str, Any]:
        return next(resource for resource in self.resources() if resource["urn"].endswith(f"::{name}"))


@pytest.fixture
def plain(tmp_path: Path) -> Workspace:
    """A project that uses no provider."""
    return Workspace(tmp_path)


@pytest.fixture
def project(tmp_path: Path, server: engine.Handle) -> Workspace:
    """A project whose azure-native is the provider server in front of the fake Resource Manager."""
    return Workspace(tmp_path, PULUMI_DEBUG_PROVIDERS=f"azure-native:{server.port}").warm()
