#!/bin/sh
# Install the named parts with apt where they are missing; elsewhere the next step says what to install.
# Parts: python gettext postgresql chromium cjk-fonts
missing=""
for part in "$@"; do
    case "$part" in
        python)     scripts/python -c '' 2>/dev/null || missing="$missing python3 python3-venv" ;;
        gettext)    command -v xgettext >/dev/null && command -v msgmerge >/dev/null || missing="$missing gettext" ;;
        postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null ||
                    missing="$missing postgresql" ;;
        # The same browser without a window's interface: a quarter less to do for each page.
        chromium)   command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
                    missing="$missing chromium-headless-shell"
                    # The program in Playwright's package that speaks to chromium links to it.
                    ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1 || missing="$missing libatomic1" ;;
        cjk-fonts)  command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn file)" ] ||
                    missing="$missing fontconfig fonts-noto-cjk" ;;
        *) echo "debian.sh: no part is called $part" >&2; exit 2 ;;
    esac
done
[ -z "$missing" ] && exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Missing:$missing. As root: apt-get install$missing" >&2
        exit 1
    fi
    sudo="sudo"
fi
if ! command -v apt-get >/dev/null; then
    echo "Missing:$missing (Debian's names). Install them with your system's package manager." >&2
    exit 1
fi
echo "Installing$missing with apt …"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { $sudo apt-get update -qq &&
       $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; }; then
    echo "apt could not install$missing; its message is above." >&2
    exit 1
fi
