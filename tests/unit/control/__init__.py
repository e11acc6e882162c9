"""The shell: controller, configuration, clocks, queue."""
