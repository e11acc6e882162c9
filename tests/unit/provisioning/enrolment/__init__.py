"""The enrolment service without a broker."""
