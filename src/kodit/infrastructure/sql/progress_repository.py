"""Steps of tasks as SQL."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.progress import Step
from kodit.domain.tasks.task import TaskState
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.rows import to_domain, to_row
from kodit.infrastructure.sql.tables import progress, tasks
from kodit.infrastructure.sql.types import numbers_of_rows


class SqlProgressRepository:
    """Implements ProgressRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, step: Step) -> None:
        """See the port."""
        row = to_row(step)
        statement = insert_for(self._connection, progress).values(row)
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[progress.c.task_id, progress.c.step],
                set_={name: value for name, value in row.items() if name not in ("task_id", "step")},
            )
        )

    async def of_run(self, run_id: int) -> list[Step]:
        """See the port."""
        found = await self._connection.execute(
            select(progress, tasks.c.state.label("of_task"))
            .join(tasks, tasks.c.id == progress.c.task_id)
            .where(tasks.c.run_id.in_(numbers_of_rows([run_id])))
            .order_by(progress.c.started_at, progress.c.task_id, progress.c.position)
        )
        steps = [(to_domain(Step, row), row.of_task) for row in found]
        return [step if task is TaskState.RUNNING else step.stopped() for step, task in steps]
