"""What a verification of a model's signature says, for people and for programs. All pure."""
