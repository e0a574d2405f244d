"""A function's package, as Lambda wants it: the file becomes its `bootstrap`. Prints it in base64."""

import base64
import io
import sys
import zipfile

package = io.BytesIO()
with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
    archive.write(sys.argv[1], "bootstrap")
print(base64.b64encode(package.getvalue()).decode())
