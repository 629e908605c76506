#!/bin/sh
# Opens the desk; "sh fundcalc.sh terminal" opens a shell for commands.
here=$(dirname "$(readlink -f "$0")")
for python in "$here/python/bin/python3" python@PYTHON@ /usr/local/bin/python@PYTHON@ python3; do
    if "$python" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "@PYTHON@")' 2>/dev/null; then
        exec "$python" "$here/start.py" "$@"
    fi
done
echo "没有找到 Python @PYTHON@。请安装（麒麟、统信：软件商店或 apt install python@PYTHON@ python@PYTHON@-venv），再打开一次。" >&2
echo "Python @PYTHON@ was not found; install it and start again." >&2
[ -t 0 ] && { printf "按回车键关闭 Press Enter "; read -r _; }
exit 2
