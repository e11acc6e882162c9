"""What a card for a new gate is made of: board files, the system's own files, cloud-init's user-data, partitions."""
