"""The health check of the web container: exits 0 when /livez answers."""

import http.client
import os
import sys


def ask(port: int) -> bool:
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip(" .*") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/livez", headers={"Host": host})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not ask(int(os.environ.get("PORT", "8000"))))
