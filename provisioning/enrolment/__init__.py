"""The enrolment service: who gets a certificate, who may speak at the broker, and how a gate is cut off."""
