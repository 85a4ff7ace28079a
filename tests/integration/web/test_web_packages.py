"""Packages of nixpkgs on the page, where other sources have files."""

import httpx

import kodit
from kodit.application.serving.queue_history import QueueHistory
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.domain.access.caller import LOCAL
from kodit.interfaces.web.app import pages
from package_world import with_channels


async def test_packages_are_shown_as_packages_and_not_as_files(tmp_path):
    await with_channels(tmp_path / "data", tmp_path)
    async with kodit.open(tmp_path / "data", workers=1) as engine:
        app = pages(lambda _: ServingApplicationService(engine, LOCAL), QueueHistory(engine.overview.statistics))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://kodit.test") as client:

            async def text(path):
                answer = await client.get(path)
                assert answer.status_code == 200, answer.text
                return answer.text

            found = await text("/?q=firefox&source=team/nixos")
            assert '<span class="kind">package</span>' in found
            assert "/names?" not in found
            whole = await text("/sources/team/nixos/files/firefox")
            assert "<dt>Licence</dt><dd>Mozilla Public License 2.0</dd>" in whole
            assert "<dt>Version</dt><dd>47.0</dd>" in whole
            assert "Outline" not in whole
            assert "<dt>But</dt><dd>broken</dd>" in await text("/sources/team/nixos/files/w3m")
            assert "What is called oddly" in await text('/sources/team/nixos/files/sets."a/b.c"')
            channel = await text("/sources/team/nixos")
            assert "<dt>Release</dt>" in channel
            assert "<dt>Not evaluated</dt><dd>1</dd>" in channel
            assert "Symbols</dt>" not in channel
            assert f"<dd>{tmp_path}/team-nixos.json</dd>" in channel
