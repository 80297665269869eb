"""Report formats of a check for machines: GitHub annotations, JUnit, SARIF."""
