import time, cProfile, pstats
def test_prof(app, tmp_path):
    from app import KINDS
    r=app.test_cli_runner()
    pr=cProfile.Profile(); pr.enable()
    for kind in ("csv","xlsx","yaml"):
        a=b=0
        for n in KINDS:
            t=time.process_time(); r.invoke(args=["dump",n,str(tmp_path/f"{n}.{kind}")]); a+=time.process_time()-t
            t=time.process_time(); r.invoke(args=["load",n,str(tmp_path/f"{n}.{kind}")]); b+=time.process_time()-t
        print(kind, round(a,2), round(b,2))
    pr.disable()
    pstats.Stats(pr).sort_stats("tottime").print_stats(18)
