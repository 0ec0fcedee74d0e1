"""The case desk: every case has a named person, running deadlines and a record that the customer can see."""
