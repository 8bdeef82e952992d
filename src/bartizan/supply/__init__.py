"""What comes from elsewhere: is it what it claims to be, and does it do nothing but what it is for."""
