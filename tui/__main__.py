"""python -m tui"""

from tui.command import main

if __name__ == "__main__":
    main()
