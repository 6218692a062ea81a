"""Access tokens: what programs show to act for the person who made them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.planning import tokens
from migration_planner.planning.models import AccessToken
from migration_planner.planning.permissions import can_revoke_token
from migration_planner.web.forms.tokens import TokenForm
from migration_planner.web.http import Request, require, see_other

#: How many stand on a page.
SHOWN = 25
#: What the address says to list the tokens of everybody.
EVERYBODY = "everybody"


@require_http_methods(["GET", "POST"])
def index(request: Request) -> HttpResponse:
    """One's own tokens, and the form for another one, which is shown in the answer and never again."""
    if request.method == "GET":
        return _page(request, TokenForm(request.user))
    form = TokenForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    said = form.cleaned_data
    try:
        made = tokens.make(said["name"], said["scopes"], days=said["days"], by=request.user, now=timezone.now())
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=409)
    return _page(request, TokenForm(request.user), made=made)


@require_http_methods(["GET", "POST"])
def revocation(request: Request, pk: int) -> HttpResponse:
    """End a token, after asking once: it cannot be brought back."""
    token = get_object_or_404(AccessToken.objects.visible_to(request.user).select_related("made_by"), pk=pk)
    require(can_revoke_token(request.user, token))
    if request.method == "GET":
        return render(request, "tokens/revocation.html", {"token": token})
    tokens.revoke(token, by=request.user, now=timezone.now())
    messages.success(request, _("The token is revoked. Programs that use it are refused from now on."))
    return see_other(_list(of_everybody=token.made_by_id != request.user.pk))


def _list(*, of_everybody: bool) -> str:
    return f"{reverse('tokens')}?of={EVERYBODY}" if of_everybody else reverse("tokens")


def _page(request: Request, form: TokenForm, *, made: str = "", status: int = 200) -> HttpResponse:
    """With `of=everybody`, for those who see everything, the tokens of all, to see what still opens a door."""
    everybody = request.user.sees_everything and request.GET.get("of") == EVERYBODY
    rows = AccessToken.objects.all() if everybody else AccessToken.objects.filter(made_by=request.user)
    page = keyset(rows.select_related("made_by"), ("-pk",), request.GET.get("cursor"), size=SHOWN)
    context = {
        "form": form,
        "page": page,
        "everybody": everybody,
        "can_revoke": not everybody or request.user.is_administrator,
        "made": made,
        "now": timezone.now(),
    }
    return render(request, "tokens/list.html", context, status=status)
