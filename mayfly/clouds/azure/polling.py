"""Long-running operations, polled as Resource Manager asks. Heavy imports: only `client` takes it, late."""

from __future__ import annotations

from azure.mgmt.core.polling.arm_polling import ARMPolling


class PatientPolling(ARMPolling):
    """ARMPolling that also honours the Retry-After of the first answer: azure-core's polls at once."""

    def run(self) -> None:
        """Wait, then poll until the operation has ended."""
        if not self.finished():
            self._delay()
        super().run()
