"""The technician's guide: its pictures, and the cards and notices that are printed for a door."""
