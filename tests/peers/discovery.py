#!/usr/bin/env python3
"""discovery PORT: the part of a Kubernetes API server that tells kubectl which kinds there are, and no more."""
import http.server
import json
import sys

KINDS = {
    "v1": [("namespaces", "Namespace", False), ("serviceaccounts", "ServiceAccount", True), ("pods", "Pod", True)],
    "apps/v1": [("daemonsets", "DaemonSet", True), ("deployments", "Deployment", True)],
    "batch/v1": [("jobs", "Job", True)],
    "node.k8s.io/v1": [("runtimeclasses", "RuntimeClass", False)],
    "rbac.authorization.k8s.io/v1": [("clusterroles", "ClusterRole", False),
                                     ("clusterrolebindings", "ClusterRoleBinding", False)],
}


def resources(version):
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": [
        {"name": name, "singularName": kind.lower(), "kind": kind, "namespaced": namespaced,
         "verbs": ["create", "get", "list", "patch"]} for name, kind, namespaced in KINDS[version]]}


def group(version):
    known = {"groupVersion": version, "version": version.split("/")[1]}
    return {"name": version.split("/")[0], "versions": [known], "preferredVersion": known}


PAGES = {"/api": {"kind": "APIVersions", "versions": ["v1"]}, "/api/v1": resources("v1"),
         "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group(v) for v in KINDS if "/" in v]}}
PAGES.update({f"/apis/{version}": resources(version) for version in KINDS if "/" in version})


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path.split("?")[0])
        body = json.dumps(page or {"kind": "Status", "code": 404, "reason": "NotFound"}).encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
