# What the container runs: looks every minute whether a crawl is due. A request to stop is
# passed on to "scrapy due", and its end is waited for.
child= stopped=
trap 'stopped=1; [ -z "$child" ] || kill -TERM "$child"' INT TERM

finish() {
    child=$1
    # Asked to stop before it was known whom to pass it on to.
    [ -z "$stopped" ] || kill -TERM "$child"
    wait "$child"
    # A signal ends that wait before the child has ended.
    [ -z "$stopped" ] || wait "$child"
    child=
}

while [ -z "$stopped" ]; do
    scrapy due -s SCHEDULE=/etc/housecall/schedule.toml -s ARCHIVE_DB=/var/lib/housecall/archive.db -s WARC_DIR=/var/lib/housecall/warcs -s STATE_DIR=/var/lib/housecall/state -s WITHHELD_FILE=/etc/housecall/withheld.toml &
    finish "$!"
    [ -z "$stopped" ] || break
    sleep 60 &
    finish "$!"
done
exit 0
