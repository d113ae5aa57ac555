"""Security headers that every answer carries, cached or not."""

from functools import cache

Headers = list[tuple[str, str]]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No inline code, no foreign origin, and no string ever becomes HTML in the browser (Trusted Types)."""

PUBLISHED_POLICY = CONTENT_SECURITY_POLICY.replace("frame-ancestors {ancestors}; ", "").replace(
    "form-action 'self'", "form-action 'none'"
)
"""The same for pages that are files; a page itself cannot say who may frame it."""


@cache
def security_headers(frame_ancestors: tuple[str, ...] = ()) -> tuple[tuple[str, str], ...]:
    """The headers, in the shape WSGI wants. Only origins in ``frame_ancestors`` may frame the pages."""
    policy = CONTENT_SECURITY_POLICY.format(ancestors=" ".join(frame_ancestors) or "'none'")
    headers = (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Robots-Tag", "noindex, nofollow"),
    )
    return headers if frame_ancestors else (*headers, ("X-Frame-Options", "DENY"))
